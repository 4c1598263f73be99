/**
 * X-Ray, where the function is traced. The construct says so twice: in the environment, and to the bundler, which then leaves
 * out what is not wanted. Its SDK costs 20 ms of each cold start by being in the same file, whether it is loaded or not.
 */
// In these words, so that the bundler sees a constant; by `require`, which waits for nothing.
const xRay =
  process.env.POWERTOOLS_TRACE_ENABLED === 'true' ? (require('./x-ray.ts') as typeof import('./x-ray.ts')) : undefined

/** A client whose calls show in the trace. */
export const traceable = <Client>(client: Client): Client => xRay?.captured(client) ?? client

/** One call of a function, by its name; `run` answers an HTTP status. */
export const traced = (name: string, correlationId: string | undefined, run: () => Promise<number>): Promise<number> =>
  xRay === undefined ? run() : xRay.inSubsegment(name, correlationId, run)
