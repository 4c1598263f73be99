/** A line on standard error that a person watches; nothing where nobody does (a pipe, a log). */
import { bytesText, countText } from './quantities.ts'
import type { Terminal } from './terminal.ts'

/** Four times a second: quick enough to look alive, seldom enough to cost nothing. */
const paintMs = 250
const barWidth = 24

export interface ProgressOptions {
  readonly verb: string
  readonly noun: string
  /** What `amount` ends at; undefined when nobody knows. */
  readonly total: number | undefined
  /** `bytes`: amounts are bytes of input; else they are of `noun`. */
  readonly unit: 'bytes' | 'count'
}

export class Progress {
  readonly #terminal: Terminal
  readonly #options: ProgressOptions
  readonly #startedMs: number
  #paintedMs = 0
  #painted = false

  constructor(terminal: Terminal, options: ProgressOptions) {
    this.#terminal = terminal
    this.#options = options
    this.#startedMs = terminal.clock.now()
  }

  /** `amount` of `total` is done, which is `count` of the noun. */
  update(amount: number, count: number): void {
    if (!this.#terminal.stderr.isTTY) return
    const now = this.#terminal.clock.now()
    if (now - this.#paintedMs < paintMs) return
    this.#paintedMs = now
    this.#painted = true
    this.#terminal.stderr.write(`\r${this.#line(amount, count, (now - this.#startedMs) / 1000)}\u001b[K`)
  }

  /** Takes the line away: what follows says how it ended. */
  done(): void {
    if (this.#painted) this.#terminal.stderr.write('\r\u001b[K')
    this.#painted = false
  }

  #line(amount: number, count: number, seconds: number): string {
    const { verb, noun, total, unit } = this.#options
    const amountText = unit === 'bytes' ? bytesText : countText
    const rate = `${countText(count / Math.max(seconds, 0.001))} ${noun}/s`
    if (!total) return `${verb} ${countText(count)} ${noun}  ${rate}`
    const share = Math.min(amount / total, 1)
    const bar = '#'.repeat(Math.round(share * barWidth)).padEnd(barWidth, '.')
    return `${verb} [${bar}] ${Math.floor(share * 100)} %  ${amountText(amount)} of ${amountText(total)}  ${rate}`
  }
}
