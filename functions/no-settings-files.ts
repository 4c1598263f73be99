/**
 * Stands in the bundles for `node:fs/promises`, of which the SDK reads `~/.aws/config` and `~/.aws/credentials`, for each of
 * its settings that is not in the environment: a function has no such files. Node's module alone would cost a millisecond.
 */

/** As for a file that is not there, which the SDK takes for an empty one. */
export const readFile = (path: string): Promise<never> => Promise.reject(new Error(`a function reads no ${path}`))
