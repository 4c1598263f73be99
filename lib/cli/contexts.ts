/**
 * Named clusters, as `gregor context add` keeps them: one JSON file of the person's own
 * (`$XDG_CONFIG_HOME/gregor/contexts.json`, else `~/.config/gregor/contexts.json`). Written beside and renamed, readable by
 * its owner only, since a header may be an API key.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { systemCode } from '../base/system-code.ts'
import { Failure } from './failure.ts'
import type { Terminal } from './terminal.ts'

interface Context {
  readonly url: string
  /** Sent with every request, an API key for example. */
  readonly headers: Readonly<Record<string, string>>
  /** Each request is signed with AWS credentials, which are found anew and never kept here. */
  readonly sigv4?: AwsRegion
}

/** Left out: the URL says it. */
export interface AwsRegion {
  readonly region?: string
}

export interface Contexts {
  /** The context that is used when nothing else is said. */
  readonly current: string | undefined
  readonly contexts: Readonly<Record<string, Context>>
}

const none: Contexts = { current: undefined, contexts: {} }

export function contextsFile({ env }: Terminal): string {
  const home = env.HOME ?? env.USERPROFILE ?? homedir()
  return join(env.XDG_CONFIG_HOME || join(home, '.config'), 'gregor', 'contexts.json')
}

export async function readContexts(terminal: Terminal): Promise<Contexts> {
  const path = contextsFile(terminal)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (fault) {
    if (systemCode(fault) === 'ENOENT') return none
    throw new Failure(`The contexts in ${path} cannot be read (${systemCode(fault)}).`, { cause: fault })
  }
  try {
    const parsed = JSON.parse(text) as Partial<Contexts>
    return { current: parsed.current, contexts: parsed.contexts ?? {} }
  } catch (cause) {
    throw new Failure(`The contexts in ${path} are not JSON.`, { nextStep: 'Mend or delete the file.', cause })
  }
}

export async function writeContexts(terminal: Terminal, contexts: Contexts): Promise<void> {
  const path = contextsFile(terminal)
  try {
    await mkdir(dirname(path), { recursive: true })
    const beside = `${path}.new`
    await writeFile(beside, `${JSON.stringify(contexts, null, 2)}\n`, { mode: 0o600 })
    await rename(beside, path)
  } catch (cause) {
    throw new Failure(`The contexts cannot be written to ${path} (${systemCode(cause)}).`, { cause })
  }
}
