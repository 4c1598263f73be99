/**
 * Where an object's file lies: `objects/<segment>+/<segment>+/<last segment>`. A key may be the beginning of another
 * (`a` and `a/b`), so the name of a folder ends in a character that no key has.
 *
 * An id of 22 hex digits begins with its time in milliseconds. Such files lie in a folder for each 65 seconds, named by
 * the first 8 digits and `@`: a listing of one page then reads one or two folders of some thousand names, instead of
 * one folder of all that was ever written.
 */

const segmentPattern = /^[A-Za-z0-9_=-][A-Za-z0-9._=-]*$/
const idPattern = /^[0-9a-f]{22}$/
const fanOutPattern = /^[0-9a-f]{8}@$/
const fanOutDigits = 8

/** The folder, relative to the objects' folder ('' for that itself), and the file's name, of a legal key. */
export function filePlace(key: string): { directory: string; name: string } {
  const segments = key.split('/')
  const name = segments.pop() ?? ''
  const folders = segments.map((segment) => `${segment}+`)
  if (idPattern.test(name)) folders.push(`${name.slice(0, fanOutDigits)}@`)
  return { directory: folders.join('/'), name }
}

/** The folder, relative to the objects' folder, in which lies everything whose key begins with `keyBase`, '' or `a/b/`. */
export function folderOf(keyBase: string): string {
  return keyBase.replaceAll('/', '+/').slice(0, -1)
}

/** What a name in a folder stands for, and the part of the key that it adds: what is in a fan-out folder begins with it. */
export interface Entry {
  readonly kind: 'object' | 'folder' | 'fan-out'
  readonly name: string
  readonly keyPart: string
}

/** Reads a name in a folder back; undefined for what this store did not put there. */
export function readEntry(name: string): Entry | undefined {
  if (fanOutPattern.test(name)) return { kind: 'fan-out', name, keyPart: name.slice(0, -1) }
  if (name.endsWith('+')) {
    const segment = name.slice(0, -1)
    return segmentPattern.test(segment) ? { kind: 'folder', name, keyPart: `${segment}/` } : undefined
  }
  return segmentPattern.test(name) && !idPattern.test(name) ? { kind: 'object', name, keyPart: name } : undefined
}

/** As `readEntry`, for a name in the fan-out folder `fanOut`. */
export function readFanOutEntry(fanOut: Entry, name: string): Entry | undefined {
  if (!idPattern.test(name) || !name.startsWith(fanOut.keyPart)) return undefined
  return { kind: 'object', name: `${fanOut.name}/${name}`, keyPart: name }
}
