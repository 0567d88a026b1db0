/**
 * Lets the host handle waiting events, such as a worker's messages or a signal. It uses a message channel because browsers delay nested
 * timers by 4 ms, and by a second in hidden tabs.
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
