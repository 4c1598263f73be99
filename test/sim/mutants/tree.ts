/** A copy of the sources, in which one flaw after the other is planted and taken out again. The sources themselves stay as they are. */
import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Edit, type Mutant, planted } from './mutant.ts'

const root = resolve(import.meta.dirname, '../../..')
const copied = ['lib', 'test', 'package.json']
/** Small limits are met in small worlds: without them most seeds never see a fold, let alone two at once. */
const tightLimits: Readonly<Record<string, number>> = {
  headFoldBytes: 330,
  headFoldBytesContended: 290,
  foldKeepPointers: 1,
  foldAgainPointers: 2,
  tailPointersMax: 8,
  headEvictBytes: 200,
  producersPerUpdateMax: 4,
  headProducersMax: 8,
}

/** A world that hangs is not counted as one that was violated. */
const hangsAfterMs = 30_000

/** Throws where a limit is not there any more. */
export function tightened(limits: string): string {
  return Object.entries(tightLimits).reduce((text, [name, value]) => {
    const definition = new RegExp(`^export const ${name} = [\\d_]+$`, 'm')
    if (!definition.test(text)) throw new Error(`there is no limit ${name} that is a number`)
    return text.replace(definition, `export const ${name} = ${value}`)
  }, limits)
}

export interface Hunt {
  readonly from: number
  readonly count: number
  readonly size: string
  readonly seconds: number
}

export interface Hunted {
  /** The seeds that were tried, the last of which was violated if any was. */
  readonly worlds: number
  readonly violation?: string
}

export class Tree {
  readonly #folder: string

  constructor() {
    this.#folder = mkdtempSync(join(tmpdir(), 'gregor-mutants-'))
    for (const each of copied) cpSync(join(root, each), join(this.#folder, each), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(this.#folder, 'node_modules'))
    const limits = join(this.#folder, 'lib/base/limits.ts')
    writeFileSync(limits, tightened(readFileSync(limits, 'utf8')))
  }

  plant({ edits, world = [] }: Mutant): void {
    this.#plant([...edits, ...world])
  }

  /** Its world, without its flaw. */
  plantWorld({ world = [] }: Mutant): void {
    this.#plant(world)
  }

  #plant(edits: readonly Edit[]): void {
    for (const file of new Set(edits.map((edit) => edit.file))) {
      const own = edits.filter((edit) => edit.file === file)
      writeFileSync(join(this.#folder, file), planted(readFileSync(join(root, file), 'utf8'), own))
    }
  }

  restore({ edits, world = [] }: Mutant): void {
    for (const { file } of [...edits, ...world]) cpSync(join(root, file), join(this.#folder, file))
  }

  hunt({ from, count, size, seconds }: Hunt): Promise<Hunted> {
    const words = ['--from', String(from), '--count', String(count), '--size', size, '--seconds', String(seconds)]
    const hunting = spawn(process.execPath, [join(this.#folder, 'test/sim/mutants/hunt.ts'), ...words], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const late = setTimeout(() => hunting.kill('SIGKILL'), seconds * 1_000 + hangsAfterMs)
    let said = ''
    let complained = ''
    hunting.stdout.on('data', (chunk) => {
      said += chunk
    })
    hunting.stderr.on('data', (chunk) => {
      complained += chunk
    })
    return new Promise((resolved, rejected) => {
      hunting.once('error', rejected)
      hunting.once('close', (code, signal) => {
        clearTimeout(late)
        if (signal === 'SIGKILL') resolved({ worlds: count })
        else if (code === 0) resolved(JSON.parse(said) as Hunted)
        else rejected(new Error(`hunting ended with ${code}: ${complained.slice(-2_000)}`))
      })
    })
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
