/** Lets other tasks have their turn: timers, messages, and in a page input and drawing. */
export function yieldToEventLoop(): Promise<void> {
  return new Promise(typeof setImmediate === 'function' ? setImmediate : postMessageTo);
}

/**
 * A message takes its turn with all other tasks. Timers that set timers wait at least 4 ms, and what `scheduler.yield()`
 * puts off goes before timers, which a program without an end would then keep from ever firing.
 */
function postMessageTo(resolve: () => void): void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    resolve();
  };
  port2.postMessage(undefined);
}
