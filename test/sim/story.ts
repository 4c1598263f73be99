/**
 * What happened, in lines: written only when somebody will read it, since a world without a violation has no story. The
 * lines are numbered by the world's time, which is the seed's: two runs of one seed tell the same story, byte for byte.
 */
import type { Clock } from '../../lib/base/clock.ts'

/** Lines that are kept; of a longer story the beginning is left out. */
const linesMax = 4_000

/**
 * What a line is about: a partition by its short name, the offsets of partitions (`offsets/2`), or one of these. What is about
 * nothing of that concerns everything.
 */
export type About = 'group' | 'topics' | 'cleaning' | (string & {}) | readonly string[]

export interface StoryLine {
  readonly atMs: number
  readonly text: string
  readonly about: About | undefined
  readonly isViolation: boolean
}

export class Story {
  readonly #clock: Clock
  readonly #startMs: number
  readonly isTold: boolean
  readonly #lines: StoryLine[] = []

  constructor(clock: Clock, isTold: boolean) {
    this.#clock = clock
    this.#startMs = clock.now()
    this.isTold = isTold
  }

  /** `line` is made only where the story is told. */
  tell(line: () => string, about?: About): void {
    if (this.isTold) this.#keep(line(), about, false)
  }

  violated(violation: string, about?: About): void {
    if (this.isTold) this.#keep(`VIOLATED: ${violation}`, about, true)
  }

  get lines(): readonly StoryLine[] {
    return this.#lines
  }

  #keep(text: string, about: About | undefined, isViolation: boolean): void {
    this.#lines.push({ atMs: this.#clock.now() - this.#startMs, text, about, isViolation })
    if (this.#lines.length > linesMax) this.#lines.shift()
  }
}

/**
 * The lines that one must read to see why: up to the first violation, about what is violated, and of the same thing said
 * again by the same one, by whichever process, how often.
 */
export function concise(lines: readonly StoryLine[]): string[] {
  const first = lines.findIndex(({ isViolation }) => isViolation)
  const concerns = concernOf(lines, lines[first])
  const told: { line: StoryLine; times: number }[] = []
  const last = new Map<string, { line: StoryLine; times: number }>()
  for (const [at, line] of lines.entries()) {
    if (first >= 0 && at > first && !line.isViolation) continue
    if (!line.isViolation && !concerns(line)) continue
    const who = `${line.text.slice(0, line.text.indexOf(' '))} ${line.about}`
    const before = last.get(who)
    if (!line.isViolation && before && wherever(before.line.text) === wherever(line.text)) {
      before.times++
      continue
    }
    const entry = { line, times: 1 }
    last.set(who, entry)
    told.push(entry)
  }
  return told.map(({ line, times }) => `${written(line)}${times > 1 ? ` (${times} times)` : ''}`)
}

const written = ({ atMs, text }: StoryLine) => `${String(atMs).padStart(7)} ms  ${text}`

/** Without the process that was asked. */
const wherever = (text: string) => text.replace(/ (asks|by) [fg]\d+\.\d+/, '')

const others: ReadonlySet<string> = new Set(['group', 'topics', 'cleaning'])
const isOffsets = (about: string) => about.startsWith('offsets/')

function concernOf(lines: readonly StoryLine[], violated: StoryLine | undefined): (line: StoryLine) => boolean {
  const concerned = [violated?.about ?? []].flat()
  const isOfGroup = concerned.some((about) => about === 'group' || isOffsets(about))
  const offsets = concerned.filter(isOffsets)
  // What the log itself complains of has the partition's key.
  const said = violated?.text.replaceAll(/partition#([\w-]{4})[\w-]*#0*(\d)/g, '$1-$2') ?? ''
  const partitions = [...new Set(lines.flatMap(({ about }) => about ?? []))].filter(
    (about) => !others.has(about) && !isOffsets(about) && said.includes(about),
  )
  if (!isOfGroup && partitions.length === 0) return () => true
  return ({ about: all }) => {
    const abouts = [all ?? []].flat()
    if (all === undefined || abouts.includes('topics')) return true
    if (!isOfGroup) return abouts.some((about) => about === 'cleaning' || partitions.includes(about))
    return abouts.some(
      (about) => about === 'group' || (isOffsets(about) && (offsets.length === 0 || offsets.includes(about))),
    )
  }
}
