/**
 * A lint rule: no test waits a fixed time for a computation. On a busy machine the time is too short, and on an idle one it is wasted. A
 * test waits for what it expects instead, in a loop that lets the host work or with e2e's `expect`, which waits as long as the page makes
 * progress. `npm run bench:page` measures how long things take.
 */

const LOOPS = new Set(['WhileStatement', 'DoWhileStatement', 'ForStatement', 'ForOfStatement', 'ForInStatement']);
const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);

/** The promise around a call of `setTimeout` that only resolves it, as in `new Promise((resolve) => setTimeout(resolve, 20))`; else undefined. */
function sleepOf(node) {
  const [first, delay] = node.arguments;
  if (node.callee.type !== 'Identifier' || node.callee.name !== 'setTimeout' || first?.type !== 'Identifier') return null;
  if (!delay || (delay.type === 'Literal' && delay.value === 0)) return null;
  let above = node.parent;
  while (above && !FUNCTIONS.has(above.type)) above = above.parent;
  const [resolve] = above?.params ?? [];
  const promise = above?.parent;
  const isExecutor =
    promise?.type === 'NewExpression' && promise.callee.type === 'Identifier' && promise.callee.name === 'Promise';
  return isExecutor && resolve?.type === 'Identifier' && resolve.name === first.name ? promise : null;
}

/** Whether the node is in a loop of its function, which checks again and again for what it waits for. */
function isPolled(node) {
  for (let above = node.parent; above && !FUNCTIONS.has(above.type); above = above.parent) if (LOOPS.has(above.type)) return true;
  return false;
}

/** @type {import('eslint').Rule.RuleModule} */
export const noClockWaits = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      sleep: 'A test waits for what it expects, not for a fixed time: look for it in a loop that lets the host work.',
      timeout:
        'What is computed is waited for as long as it goes on (e2e/support/progress.ts for a page), not for a fixed time; what hangs, the configuration ends.',
    },
  },
  create(context) {
    return {
      CallExpression(node) {
        const { callee } = node;
        if (
          callee.type === 'MemberExpression' &&
          callee.property.type === 'Identifier' &&
          callee.property.name === 'waitForTimeout'
        ) {
          context.report({ node, messageId: 'timeout' });
        }
        const sleep = sleepOf(node);
        if (sleep && !isPolled(sleep)) context.report({ node, messageId: 'sleep' });
      },
      Property(node) {
        const isOption = node.parent.parent?.type === 'CallExpression' && node.parent.parent.arguments.includes(node.parent);
        if (!isOption || node.key.type !== 'Identifier' || node.key.name !== 'timeout') return;
        if (node.value.type === 'Literal' || node.value.type === 'BinaryExpression')
          context.report({ node, messageId: 'timeout' });
      },
    };
  },
};
