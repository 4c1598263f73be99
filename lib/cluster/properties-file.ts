/**
 * Java's properties files, which Kafka's configuration is written in (`java.util.Properties.load`): comments with '#' or
 * '!', lines that go on after a backslash, keys that end at '=', ':' or white space, escapes. A file that Java reads is
 * read here to the same names and values.
 */
import { propertiesLengthMax } from '../base/limits.ts'

export interface Property {
  readonly name: string
  readonly value: string
  /** From 1: where it begins. */
  readonly line: number
}

/** All properties in the order of the file, a name that comes twice twice; or a sentence that says what is wrong. */
export function readProperties(
  text: string,
): { readonly properties: readonly Property[] } | { readonly problem: string } {
  if (text.length > propertiesLengthMax) {
    return { problem: `The file has ${text.length} characters; at most ${propertiesLengthMax} are read.` }
  }
  const properties: Property[] = []
  for (const { content, line } of logicalLines(text)) {
    const illegal = /(?<!\\)(?:\\\\)*\\u(?![0-9a-fA-F]{4})/.exec(content)
    if (illegal !== null) return { problem: `Line ${line}: \\u must be followed by four hexadecimal digits.` }
    properties.push({ ...property(content), line })
  }
  return { properties }
}

function* logicalLines(text: string): Generator<{ content: string; line: number }> {
  const lines = text.split(/\r\n|\r|\n/)
  for (let at = 0; at < lines.length; at++) {
    const first = withoutIndent(lines[at] ?? '')
    if (first === '' || first.startsWith('#') || first.startsWith('!')) continue
    const line = at + 1
    let content = first
    while (goesOn(content)) {
      at++
      content = content.slice(0, -1) + withoutIndent(lines[at] ?? '')
    }
    yield { content, line }
  }
}

const withoutIndent = (line: string) => line.replace(/^[ \t\f]+/, '')

/** An odd number of backslashes at the end: the last one is not itself escaped. */
const goesOn = (content: string) => (/\\*$/.exec(content)?.[0].length ?? 0) % 2 === 1

function property(content: string): { name: string; value: string } {
  const name = /^(?:\\.|[^\\=: \t\f])*/s.exec(content)?.[0] ?? ''
  const value = content.slice(name.length).replace(/^[ \t\f]*[=:]?[ \t\f]*/, '')
  return { name: unescaped(name), value: unescaped(value) }
}

const controls: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' }

function unescaped(text: string): string {
  return text.replaceAll(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_, code: string | undefined, letter: string | undefined) =>
    code === undefined ? (controls[letter ?? ''] ?? letter ?? '') : String.fromCharCode(Number.parseInt(code, 16)),
  )
}
