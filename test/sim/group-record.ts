/**
 * What a group's members did and were told, and what was stored of it: at every write of the group's items it is judged.
 *   - a partition has one owner in a generation, and of the consumer protocol's members none reads what another reads
 *   - an offset never goes back within a generation (but by a request that nobody answered), and what was acknowledged was stored
 *   - once a generation's assignment is known to a member, no commit of an older one is stored
 */

import type { Partitions } from '../../lib/groups/consumer/topic-partitions.ts'
import type { GroupState } from '../../lib/groups/group-state.ts'
import { type CommittedOffset, shardFromItem } from '../../lib/groups/offsets-item.ts'
import { stateFromItem } from '../../lib/groups/state-item.ts'
import type { Item } from '../../lib/store/meta-store.ts'
import { doublyAssigned, doublyOwned } from '../groups/consumer/owners.ts'
import type { GroupKind } from './features.ts'
import type { World } from './world.ts'

export const simGroup = 'g'

interface Stored {
  readonly generation: number
  readonly offset: number
  /** Of the member that committed it. */
  readonly by: string
}

export class GroupRecord {
  state: GroupState | undefined
  /** Of the classic protocol: the highest generation whose assignment any member has learned. */
  learned = -1
  readonly clients: { readonly id: string; readonly owned: Partitions }[] = []
  /** Of members of the classic protocol. */
  readonly mode: 'eager' | 'cooperative'
  readonly #world: World
  readonly #kind: GroupKind
  /** `generation/partition` to the member that had it. */
  readonly #owners = new Map<string, string>()
  readonly #stored = new Map<number, Stored>()
  readonly #everStored = new Set<string>()
  readonly #givenUp = new Set<string>()
  /** By member id: the instance id under which it commits. */
  readonly #instances = new Map<string, string>()
  #announced = -1
  #hasLivedBefore = false

  constructor(world: World, kind: GroupKind, mode: 'eager' | 'cooperative') {
    this.#world = world
    this.#kind = kind
    this.mode = mode
    world.witness.watchers.push((item) => this.#sees(item))
  }

  /** A member of the classic protocol has learned what it has in a generation. A static one is the same in all its lives. */
  learns(member: string, generation: number, partitions: readonly number[]): void {
    const { history, story } = this.#world
    story.tell(() => `${member} has ${partitions.join() || 'nothing'} in generation ${generation}`, 'group')
    if (this.#hasLivedBefore) return
    // Where members of both kinds are, those of an older epoch may commit yet what is still theirs.
    if (this.#kind === 'classic') this.learned = Math.max(this.learned, generation)
    for (const partition of partitions) {
      const place = `${generation}/${partition}`
      const owner = this.#owners.get(place) ?? member
      if (owner !== member)
        history.violation(`partition ${partition} is of ${owner} and ${member} in ${generation}`, 'group')
      this.#owners.set(place, owner)
    }
  }

  /** A member has taken something, or given it up. */
  takes(): void {
    // Of a classic group two may read one partition, each in its generation: the older one can commit no more.
    if (this.state?.kind !== 'consumer') return
    const problems = doublyOwned({ state: this.state }, this.clients)
    for (const problem of problems) this.#world.history.violation(`two read ${problem}`, 'group')
  }

  /** Nobody has answered this commit: it may be made when others have been made that were asked for later. */
  givesUp(partition: number, offset: number): void {
    this.#givenUp.add(`${partition}/${offset}`)
  }

  acknowledged(
    member: string,
    partition: number,
    offset: number,
    asked: { readonly learned: number; generation: number },
  ) {
    const { history, counts } = this.#world
    counts.commits++
    if (!this.#everStored.has(`${partition}/${offset}`)) {
      history.violation(
        `the commit of ${offset} of ${partition} by ${member} is acknowledged, and was never stored`,
        `offsets/${partition}`,
      )
    }
    if (asked.generation < asked.learned && !this.#hasLivedBefore) {
      history.violation(`${member} has committed in ${asked.generation}, after ${asked.learned} was learned`, 'group')
    }
  }

  /** A member with an instance id commits. */
  commitsAs(member: string, instance: string): void {
    this.#instances.set(member, instance)
  }

  /**
   * Who takes the place of a static member begins no generation (KIP-345), and has looked where it is: what the other one
   * had under way then may be made later, as in Kafka.
   */
  #isTwin(member: string, other: string): boolean {
    const instance = this.#instances.get(member)
    return member !== other && instance !== undefined && instance === this.#instances.get(other)
  }

  #sees(item: Item): void {
    if (item.pk !== `group#${simGroup}`) return
    if (item.sk.startsWith('offsets#')) {
      const { generation, offsets } = shardFromItem(item)
      for (const [partition, committed] of offsets) this.#seesOffset(partition, generation, committed)
    }
    if (item.sk === 'state' && typeof item.announced === 'number') {
      // A group that was deleted counts from the beginning, as in Kafka: generations say nothing any more.
      if (item.announced < this.#announced) {
        this.#hasLivedBefore = true
        this.learned = -1
      }
      this.#announced = Math.max(this.#announced, item.announced)
    }
    // Unpacking it takes time, and of classic members it says nothing that they do not.
    if (item.sk === 'state' && this.#kind !== 'classic') this.#seesState(item)
  }

  #seesOffset(partition: number, generation: number, { offset, metadata }: CommittedOffset): void {
    const { history, story } = this.#world
    const before = this.#stored.get(partition)
    if (before?.offset === offset && before.generation === generation) return
    const [by = '', of] = metadata.split(' ')
    this.#stored.set(partition, { generation, offset, by })
    if (before?.offset === offset) return
    story.tell(() => `stored: ${offset} of ${partition} in ${generation}, by ${metadata}`, `offsets/${partition}`)
    this.#everStored.add(`${partition}/${offset}`)
    const isBack = before !== undefined && before.generation === generation && offset < before.offset
    if (isBack && !this.#givenUp.has(`${partition}/${offset}`) && !this.#isTwin(before.by, by)) {
      history.violation(
        `the offset of ${partition} goes back from ${before.offset} to ${offset} in ${generation}`,
        `offsets/${partition}`,
      )
    }
    const own = Number(of ?? Number.NaN)
    if (own < this.learned) {
      history.violation(
        `generation ${own} has committed ${offset} of ${partition}, after ${this.learned} was learned`,
        `offsets/${partition}`,
      )
    }
  }

  #seesState(item: Item): void {
    const { state } = stateFromItem(item)
    const { history, story, counts } = this.#world
    const isOther = this.state !== undefined && this.state.kind !== state.kind
    if (isOther && state.members.length > 0 && state.kind !== 'dead') counts.migrations++
    this.state = state
    story.tell(
      () => `stored: the group, ${state.kind} with ${state.members.map(({ id }) => id).join(', ') || 'nobody'}`,
      'group',
    )
    if (state.kind !== 'consumer') return
    for (const place of doublyAssigned(state.members)) history.violation(`${place} is given to two members`, 'group')
    this.takes()
  }
}
