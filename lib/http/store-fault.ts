/**
 * What a client is told of a store that could not do something. Its own words are for the operator; the one thing that who
 * asked can act on, in `npm start` at least, is a disk without room.
 */
import { causesMax } from '../base/limits.ts'
import { systemCode } from '../base/system-code.ts'

const noRoomCodes: ReadonlySet<string | undefined> = new Set(['ENOSPC', 'EDQUOT'])

/** SQLITE_FULL, sqlite.org/rescode.html; an extended code has it in its low byte. */
const sqliteFull = 13

/** A sentence without our insides: `fault` is a store's, with its causes. */
export const storeSentence = (fault: unknown): string =>
  noRoomCodes.has(systemCode(fault)) || isSqliteFull(fault)
    ? 'The store has no room left.'
    : 'The store does not answer.'

function isSqliteFull(fault: unknown): boolean {
  for (let at = fault, depth = 0; at instanceof Error && depth < causesMax; at = at.cause, depth++) {
    if ('errcode' in at && typeof at.errcode === 'number' && (at.errcode & 0xff) === sqliteFull) return true
  }
  return false
}
