/** Faults of the operating system, which Node hands on in fields of its errors. */
import { causesMax } from './limits.ts'

/** The code of an operating system's error, anywhere down the chain of causes: `EADDRINUSE`, `ENOSPC`. */
export function systemCode(fault: unknown): string | undefined {
  for (let at = fault, depth = 0; at instanceof Error && depth < causesMax; at = at.cause, depth++) {
    const code = 'code' in at ? at.code : undefined
    if (typeof code === 'string' && /^E[A-Z0-9]+$/.test(code)) return code
  }
  return undefined
}
