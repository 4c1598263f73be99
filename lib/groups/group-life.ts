/** What the life of a group means for its offsets: which may age, and from when on (KIP-211). */

import type { MetaStore } from '../store/meta-store.ts'
import { readBlobs } from './blobs.ts'
import { consumerProtocolType } from './classic/classic-commit.ts'
import type { PayloadRef } from './payload.ts'
import type { StoredGroup } from './state-item.ts'
import { subscribedTopics } from './transition.ts'

/** The offsets of a group that may go once they are old enough. */
export interface Aging {
  /** Ages do not count from before: since when nobody is in the group. 0: each offset from its commit. */
  readonly sinceMs: number
  /** Topics whose offsets do not age at all, by name; `all`: none do. */
  readonly kept: ReadonlySet<string> | 'all'
}

const byCommit: Aging = { sinceMs: 0, kept: new Set() }
const none: Aging = { sinceMs: 0, kept: 'all' }

/**
 * Offsets of a group that never had members, or has none, age; of one that has, those of topics that no member reads. While
 * members come and go nothing does.
 */
export async function agingOf(meta: MetaStore, group: string, stored: StoredGroup | undefined): Promise<Aging> {
  const state = stored?.state
  if (stored === undefined || state === undefined) return byCommit
  if (state.kind === 'dead') return none
  if (state.kind === 'classic') {
    if (state.phase === 'empty')
      return { sinceMs: state.protocolType === null ? 0 : state.phaseSinceMs, kept: new Set() }
    if (state.phase !== 'stable' || state.protocolType !== consumerProtocolType) return none
  }
  const known = subscribedTopics(state, { payload: () => undefined })
  if (known === null) return none
  if (!('needs' in known)) return { sinceMs: 0, kept: known }
  const payloads = await payloadsOf(meta, group, stored)
  const topics = subscribedTopics(state, { payload: (ref) => payloads?.get(ref) })
  return topics === null || 'needs' in topics ? none : { sinceMs: 0, kept: topics }
}

/** Nobody is in the group, nor about to be. Its next life begins with generation 1. */
export function isForgettable({ state }: StoredGroup): boolean {
  if (state.kind === 'dead' || state.members.length > 0) return false
  return state.kind === 'consumer' || state.pending.length === 0
}

async function payloadsOf(meta: MetaStore, group: string, stored: StoredGroup) {
  const found: Map<PayloadRef, Uint8Array> | undefined = await readBlobs({ meta }, group, stored.blobs)
  for (const [ref, text] of Object.entries(stored.inline)) found?.set(ref, Buffer.from(text, 'base64'))
  return found
}
