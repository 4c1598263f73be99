/**
 * Altering the dynamic configs of a broker or of a group: read, decide, write if nothing has changed since, else decide
 * again on what is there by then. Decisions are such that making one twice gives what making it once gave.
 */
import type { Clock } from '../base/clock.ts'
import { topicChangeTriesMax } from '../base/limits.ts'
import { OutcomeUnknown } from '../store/errors.ts'
import type { Key, MetaStore } from '../store/meta-store.ts'
import type { AlteredConfigs } from './config-alteration.ts'
import {
  type DynamicConfigs,
  dynamicConfigsChange,
  dynamicConfigsFromItem,
  dynamicConfigsGuard,
} from './dynamic-config-item.ts'
import { untilKnown } from './until-known.ts'

interface Alteration {
  readonly key: Key
  /** What is set after it, of what is set before; or why it cannot be. */
  decide(configs: DynamicConfigs['configs']): AlteredConfigs
  /** Judges, and changes nothing. */
  readonly validateOnly: boolean
}

export type AlteredDynamicConfigs =
  /** What is set now, or with `validateOnly` would be. */
  | Extract<AlteredConfigs, { readonly configs: unknown }>
  | Extract<AlteredConfigs, { readonly problem: string }>
  /** Others altered it at the same time, again and again: nothing was changed. A sentence. */
  | { readonly contended: string }

/** @throws OutcomeUnknown, StoreUnavailable */
export async function alterDynamicConfigs(
  { meta, clock }: { readonly meta: MetaStore; readonly clock: Clock },
  { key, decide, validateOnly }: Alteration,
): Promise<AlteredDynamicConfigs> {
  let seen = dynamicConfigsFromItem(await meta.get(key, { strong: true }))
  let lost = false
  for (let tries = 0; tries < topicChangeTriesMax; tries++) {
    const decided = decide(seen.configs)
    if ('problem' in decided || validateOnly || isSame(decided.configs, seen.configs)) return decided
    const { answer, triedBefore } = await untilKnown(clock, () =>
      meta.update(key, dynamicConfigsChange(decided.configs, seen), dynamicConfigsGuard(seen)),
    )
    if ('done' in answer) return decided
    // Every decision may be made twice: a try whose answer was lost is settled by the next.
    lost ||= triedBefore
    seen = dynamicConfigsFromItem(answer.refused)
  }
  if (lost) throw new OutcomeUnknown('the alteration of dynamic configs')
  return { contended: 'The configs are being altered by others all the time; try again.' }
}

/** What is so already is not written: deleting what was never set leaves no item behind. */
function isSame(a: DynamicConfigs['configs'], b: DynamicConfigs['configs']): boolean {
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && a[name] === b[name])
}
