/** A hidden page has no frames, and need not hurry. */
const HIDDEN_MS = 500;

/** Calls back before the next frame is drawn; answers with the way to call it off. */
export function onFrame(callback: () => void): () => void {
  if (document.hidden) {
    const timer = setTimeout(callback, HIDDEN_MS);
    return () => clearTimeout(timer);
  }
  const frame = requestAnimationFrame(callback);
  return () => cancelAnimationFrame(frame);
}
