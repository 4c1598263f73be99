/** The examples of a Markdown file: what is typed, and what is said to come out. */

interface Example {
  /** Line of the file, 1 and up. */
  readonly line: number
  readonly script: string
  /** `...` stands for anything on its line. */
  readonly expected: string | undefined
}

interface ExampleFile {
  readonly name: string
  readonly text: string
}

export interface Examples {
  readonly scripts: readonly Example[]
  /** Blocks of TypeScript that name their file in a first comment. */
  readonly files: readonly ExampleFile[]
  /** Blocks that are marked not to be run, with the reason. */
  readonly notRun: readonly string[]
}

interface Block {
  readonly line: number
  readonly language: string
  readonly text: string
  /** The line before the block, past empty ones. */
  readonly before: string
  /** It follows another block directly. */
  readonly adjacent: boolean
}

export function examplesIn(markdown: string): Examples {
  const blocks = blocksIn(markdown)
  const scripts: Example[] = []
  const files: ExampleFile[] = []
  const notRun: string[] = []
  for (const [index, block] of blocks.entries()) {
    const reason = /^<!-- not run: (.+) -->$/.exec(block.before)?.[1]
    if (block.language === 'ts') files.push({ name: /^\/\/ (\S+)\n/.exec(block.text)?.[1] ?? '', text: block.text })
    if (block.language !== 'sh') continue
    if (reason !== undefined) {
      notRun.push(reason)
      continue
    }
    const next = blocks[index + 1]
    const expected = next?.language === 'text' && next.adjacent ? next.text : undefined
    scripts.push({ line: block.line, script: block.text, expected })
  }
  return { scripts, files, notRun }
}

function blocksIn(markdown: string): Block[] {
  const blocks: Block[] = []
  const lines = markdown.split('\n')
  for (let at = 0; at < lines.length; at++) {
    const language = /^```(\w+)$/.exec(lines[at] ?? '')?.[1]
    if (language === undefined) continue
    const end = lines.indexOf('```', at + 1)
    if (end < 0) throw new Error(`the block at line ${at + 1} does not end`)
    const before = lines.slice(0, at).findLast((line) => line.trim() !== '') ?? ''
    const text = `${lines.slice(at + 1, end).join('\n')}\n`
    blocks.push({ line: at + 1, language, text, before, adjacent: lines[at - 1] === '```' })
    at = end
  }
  return blocks
}

/** Whether an output is what an example says: `...` matches anything within a line, all else itself. */
export function matches(expected: string, actual: string): boolean {
  const pattern = expected
    .trimEnd()
    .split('...')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*')
  return new RegExp(`^${pattern}$`).test(actual.trimEnd())
}
