/**
 * X-Ray, where the function is traced. Its SDK takes 10 to 20 ms more to load: who does not trace does not load it, and
 * carries 120 KB that are never looked at.
 */
import { tracingIsOn } from './settings.ts'

const xRay = tracingIsOn ? await import('./x-ray.ts') : undefined

/** A client whose calls show in the trace. */
export const traceable = <Client>(client: Client): Client => xRay?.captured(client) ?? client

/** One call of a function, by its name; `run` answers an HTTP status. */
export const traced = (name: string, correlationId: string | undefined, run: () => Promise<number>): Promise<number> =>
  xRay === undefined ? run() : xRay.inSubsegment(name, correlationId, run)
