/**
 * The drivers' contract (../README.md) for clients of Node: reads commands, answers them in order, and finds the client's
 * package in the folder that the harness installed it into.
 */
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

/** Imports a package from where the harness has put it; `import()` of its path, since some are ES modules only. */
export async function installed(name) {
  const { resolve } = createRequire(`${process.env.GREGOR_CLIENTS_CACHE}/package.json`)
  const found = await import(pathToFileURL(resolve(name)).href)
  return found.default ?? found
}

export const bootstrap = process.argv[2]

/** Answers commands until the input ends. `commands` has an async function for each. */
export async function serve(commands) {
  // Clients print what they like; standard output is for answers.
  console.log = console.error
  for await (const line of createInterface({ input: process.stdin })) {
    const { id, command, ...fields } = JSON.parse(line)
    process.stdout.write(`${JSON.stringify({ id, ...(await outcome(commands, command, fields)) })}\n`)
  }
  process.exit(0)
}

async function outcome(commands, command, fields) {
  try {
    return { ok: (await commands[command](fields)) ?? {} }
  } catch (fault) {
    console.error(fault)
    return { error: String(fault?.message ?? fault) }
  }
}

/** Gathers records until there are `count`, or until `waitMs` have passed. */
export class Gathered {
  records = []
  /** The next offset of each partition: what is to be committed. */
  positions = new Map()
  #count
  #whole

  constructor(count, waitMs) {
    this.#count = count
    this.done = new Promise((resolve) => {
      this.#whole = resolve
      setTimeout(resolve, waitMs).unref()
    })
    if (count === 0) this.#whole()
  }

  add(record) {
    if (this.records.length >= this.#count) return
    this.records.push(record)
    const { topic, partition, offset } = record
    this.positions.set(`${topic}-${partition}`, { topic, partition, offset: offset + 1 })
    if (this.records.length === this.#count) this.#whole()
  }
}

export const text = (bytes) => (bytes === null || bytes === undefined ? null : Buffer.from(bytes).toString())
