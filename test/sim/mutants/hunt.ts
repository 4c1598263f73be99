/**
 * Runs worlds, one seed after the other, until one is violated: `node hunt.ts --from S --count N --size small`. Started in a
 * copy of the tree into which a flaw was planted. Writes one line of JSON.
 */
import { parseArgs } from 'node:util'
import { runWorld } from '../run-world.ts'
import type { Size } from '../sim-options.ts'

const { values } = parseArgs({
  options: {
    from: { type: 'string' },
    count: { type: 'string' },
    size: { type: 'string' },
    seconds: { type: 'string' },
  },
})

/** What nobody caught belongs to the world that runs. */
let uncaught: unknown
process.on('unhandledRejection', (fault) => {
  uncaught = fault
})

/** The small limits make some worlds slow: who has waited too long has lost nothing. */
const isLate = (each: string) => each.endsWith('is never decided')

const from = Number(values.from)
const beganMs = performance.now()
let seed = from
let violation: string | undefined
for (; seed < from + Number(values.count) && violation === undefined; seed++) {
  if (performance.now() - beganMs > Number(values.seconds) * 1_000) break
  const { violations } = await runWorld(seed, { size: values.size as Size })
  violation =
    violations.find((each) => !isLate(each)) ??
    (uncaught === undefined ? undefined : `nobody caught ${String(uncaught)}`)
}
process.stdout.write(`${JSON.stringify({ worlds: seed - from, violation })}\n`)
process.exit(0)
