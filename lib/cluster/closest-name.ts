/**
 * The name that was probably meant by a misspelt one: the closest by edits of one character (Levenshtein), if it is close
 * enough to be a slip and not another word.
 */
import { comparedWordLengthMax } from '../base/limits.ts'

/** The closest of `names`, or `undefined` when none is within a third of the word's length. */
export function closestName(word: string, names: readonly string[]): string | undefined {
  if (word.length > comparedWordLengthMax) return undefined
  const normal = word.toLowerCase().replaceAll(/[_ -]/g, '.')
  let best: string | undefined
  let bestEdits = Math.floor(normal.length / 3) + 1
  for (const name of names) {
    const edits = editsBetween(normal, name)
    if (edits < bestEdits) {
      best = name
      bestEdits = edits
    }
  }
  return best
}

function editsBetween(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let i = 1; i <= from.length; i++) {
    const next = [i]
    for (let j = 1; j <= to.length; j++) {
      const substituted = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1)
      next.push(Math.min(substituted, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}
