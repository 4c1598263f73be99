/** Which ids a group may have: Kafka refuses only the empty one (INVALID_GROUP_ID); the store's keys set the rest. */
import { groupIdBytesMax } from '../base/limits.ts'

/** A sentence that says what is wrong with a group's id, or `undefined` when it is legal. */
export function groupIdProblem(group: string): string | undefined {
  if (group === '') return 'A group needs an id: the empty string is not one.'
  // A lone surrogate would be stored as another character, and two ids become one.
  if (!group.isWellFormed()) return 'The id of a group must be well-formed Unicode.'
  const bytes = Buffer.byteLength(group)
  if (bytes > groupIdBytesMax) return `The id of a group has at most ${groupIdBytesMax} bytes; this one has ${bytes}.`
  return undefined
}
