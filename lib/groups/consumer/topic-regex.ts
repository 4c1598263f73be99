/**
 * Regular expressions over topic names (KIP-848, SubscribedTopicRegex), in RE2's syntax as in Kafka; an expression must
 * match the whole name. They come from clients, so what they may cost is bounded: RE2 matches in time linear in the name,
 * at a price that grows with the compiled program, and a repetition multiplies that.
 */
import { RE2JS, RE2JSException } from 're2js'
import { BoundedMap } from '../../base/bounded-map.ts'
import {
  topicRegexCharactersMax,
  topicRegexesCachedMax,
  topicRegexInstructionsMax,
  topicRegexRepeatsMax,
} from '../../base/limits.ts'

/** A memo: what an expression means never changes. */
const compiled = new BoundedMap<string, RE2JS>(topicRegexesCachedMax)

/** What is wrong with an expression, in words; `undefined` when it is legal. */
export function topicRegexProblem(regex: string): string | undefined {
  const invalid = (why: string) =>
    `SubscribedTopicRegex \`${regex.slice(0, 100)}\` is not a valid regular expression: ${why}.`
  if (regex.length > topicRegexCharactersMax) return invalid(`it has more than ${topicRegexCharactersMax} characters`)
  if (repeatsOf(regex) > topicRegexRepeatsMax) return invalid(`it repeats more than ${topicRegexRepeatsMax} times`)
  try {
    const size = programOf(regex).programSize()
    return size > topicRegexInstructionsMax ? invalid('it is too large') : undefined
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error
    return invalid(error.message)
  }
}

/** Only for an expression without a problem. */
export function matchesTopic(regex: string, name: string): boolean {
  return programOf(regex).testExact(name)
}

/** Compiling makes a copy for each repetition, before anything could tell how large the program becomes. */
function repeatsOf(regex: string): number {
  let repeats = 0
  for (const [, least = '', most = ''] of regex.matchAll(/\{(\d+)(?:,(\d*))?\}/g)) {
    repeats += Math.max(Number(least), Number(most))
  }
  return repeats
}

function programOf(regex: string): RE2JS {
  const there = compiled.get(regex)
  if (there !== undefined) return there
  const program = RE2JS.compile(regex)
  compiled.set(regex, program)
  return program
}
