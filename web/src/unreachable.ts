/** Ends a `switch` over a union: a new member that is not handled is a compile error. */
export function unreachable(value: never): never {
  throw new Error(`Not handled: ${JSON.stringify(value)}`);
}
