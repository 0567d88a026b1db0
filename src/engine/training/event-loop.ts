/**
 * Lets what waits in the host's queue run (a worker's messages, a signal) before going on. A message channel, because browsers
 * hold nested timers back by 4 ms, and a second in hidden tabs.
 */
export function yieldToHost(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
