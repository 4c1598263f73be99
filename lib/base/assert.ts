/**
 * Assertions for bugs. An expected outcome is a value, a fault of the world is thrown as an error of its own; only what
 * cannot happen in correct code fails here.
 */

class AssertionFailed extends Error {
  override readonly name = 'AssertionFailed'
}

/** Fails when a condition that the code itself guarantees does not hold. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionFailed(message)
}

/** Marks a branch that the types say is never taken. */
export function unreachable(value: never): never {
  throw new AssertionFailed(`unreachable: ${JSON.stringify(value)}`)
}
