/**
 * Who was heard of when. A heartbeat is never a write: a gateway keeps liveness in memory, and one that takes a group over
 * grants every member a fresh session, as Kafka does. Where only functions run there is no such memory: then the state says
 * it (`seenMs`), and is written when it is older than a quarter of the member's session time-out.
 */
import { seenShareOfSession } from '../base/limits.ts'
import type { AnyMember } from './group-member.ts'
import type { GroupState } from './group-state.ts'

/** One group's members, as this process has heard of them. */
export class Liveness {
  readonly #seenMs = new Map<string, number>()

  heard(memberId: string, now: number): void {
    this.#seenMs.set(memberId, now)
  }

  /** Members that are gone are forgotten. */
  keep(state: GroupState | undefined): void {
    const there = new Set(state?.members.map((member) => member.id))
    for (const id of this.#seenMs.keys()) if (!there.has(id)) this.#seenMs.delete(id)
  }

  /** The latest of what memory, the state and the last claim say; 0 for nobody of this state. */
  of(state: GroupState | undefined, claimedMs: number): (memberId: string) => number {
    let stored: ReadonlyMap<string, number> | undefined
    return (memberId) => {
      stored ??= new Map(state?.members.map((member) => [member.id, member.seenMs]))
      const seenMs = stored.get(memberId)
      return seenMs === undefined ? 0 : Math.max(seenMs, claimedMs, this.#seenMs.get(memberId) ?? 0)
    }
  }
}

/** The state with a member's `seenMs`, if what it says is old. */
export function withSeen(state: GroupState, memberId: string, now: number): GroupState {
  const member: AnyMember | undefined = state.members.find((each) => each.id === memberId)
  if (member === undefined || now - member.seenMs < member.sessionTimeoutMs * seenShareOfSession) return state
  switch (state.kind) {
    case 'classic':
      return { ...state, members: seenNow(state.members, memberId, now) }
    case 'consumer':
      return { ...state, members: seenNow(state.members, memberId, now) }
    case 'dead':
      return state
  }
}

const seenNow = <M extends AnyMember>(members: readonly M[], memberId: string, now: number): readonly M[] =>
  members.map((member) => (member.id === memberId ? { ...member, seenMs: now } : member))
