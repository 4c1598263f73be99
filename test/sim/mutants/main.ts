/**
 * `npm run sim:mutants`: proves that the simulation finds what it is there to find. Known flaws are planted into a copy of the
 * sources, one at a time; each must be found within so many seeds. `--only NAME,NAME`, `--seed S` (1), `--seeds N` for each,
 * `--short` without that which takes ten thousand seeds, `--write` to keep the numbers in docs/testing.md. The last line counts.
 */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { allMutants } from './all-mutants.ts'
import { type Found, writeDocument } from './document.ts'
import type { Mutant } from './mutant.ts'
import { Tree } from './tree.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '20000' },
    size: { type: 'string' },
    short: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
})
const secondsMax = values.short ? 120 : 300
const names = values.only?.split(',')
const mutants = allMutants.filter(({ name, isRare }) => names?.includes(name) ?? !(values.short && isRare))

/** The seeds that it took, by seeds that the sources as they are do not mind. */
async function hunt(tree: Tree, pristine: Tree, mutant: Mutant): Promise<Found> {
  const first = Number(values.seed)
  const end = first + Number(values.seeds)
  const size = values.size ?? mutant.size ?? 'small'
  const beganMs = performance.now()
  tree.plant(mutant)
  pristine.plantWorld(mutant)
  try {
    for (let from = first; from < end; ) {
      const seconds = secondsMax - (performance.now() - beganMs) / 1_000
      if (seconds <= 0) return { mutant, seeds: from - first }
      const { worlds, violation } = await tree.hunt({ from, count: end - from, size, seconds })
      from += worlds
      if (violation === undefined) return { mutant, seeds: from - first }
      if (/ReferenceError|SyntaxError/.test(violation)) throw new Error(`${mutant.name} is misspelt: ${violation}`)
      const asItIs = await pristine.hunt({ from: from - 1, count: 1, size, seconds: secondsMax })
      if (asItIs.violation === undefined) return { mutant, seeds: from - first, violation }
      console.log(`seed ${from - 1} is violated without any flaw: ${asItIs.violation}`)
    }
    return { mutant, seeds: end - first }
  } finally {
    tree.restore(mutant)
    pristine.restore(mutant)
  }
}

const workers = Array.from({ length: Math.min(availableParallelism(), mutants.length) }, () => ({
  tree: new Tree(),
  pristine: new Tree(),
}))
const waiting = [...mutants]
const found: Found[] = []
try {
  await Promise.all(
    workers.map(async ({ tree, pristine }) => {
      for (let mutant = waiting.shift(); mutant; mutant = waiting.shift()) {
        const hunted = await hunt(tree, pristine, mutant)
        found.push(hunted)
        const what = hunted.violation === undefined ? 'NOT FOUND in' : 'found, seeds needed:'
        console.log(
          `${mutant.name}: ${what} ${hunted.seeds}${hunted.violation ? ` (${hunted.violation.slice(0, 160)})` : ''}`,
        )
      }
    }),
  )
} finally {
  for (const { tree, pristine } of workers) {
    tree.remove()
    pristine.remove()
  }
}
if (values.write) writeDocument(mutants.flatMap((mutant) => found.find((each) => each.mutant === mutant) ?? []))
const isFound = found.filter(({ violation }) => violation !== undefined)
console.log(`${isFound.length} of ${mutants.length} mutants found`)
process.exitCode = isFound.length === mutants.length && mutants.length > 0 ? 0 : 1
