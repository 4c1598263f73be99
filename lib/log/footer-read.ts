/** Reads an object's footer by one ranged read of its end, two for a long one. */
import { footerReadBytes } from '../base/limits.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { type FooterEntry, parseFooter } from './footer.ts'

/** `undefined`: the object is gone, or has no footer. */
export async function readFooter(objects: ObjectStore, key: string): Promise<readonly FooterEntry[] | undefined> {
  let bytes = footerReadBytes
  // The second read asks for exactly what the first one said.
  for (let tries = 0; tries < 2; tries++) {
    const end = await objects.get(key, { range: { start: -bytes } })
    if (!end) return undefined
    const parsed = parseFooter(end)
    if ('entries' in parsed) return parsed.entries
    if ('corrupt' in parsed) return undefined
    bytes = parsed.more
  }
  return undefined
}
