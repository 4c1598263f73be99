/**
 * A classic group of consumers becomes a consumer group when the first member of the consumer protocol joins it (KIP-848,
 * migration). Its members stay, as classic ones, with the generation as their epoch and what they have as their target;
 * the newcomer raises the group epoch, and their heartbeats call them to join again. Whoever waits for a classic
 * generation or an assignment is told the same.
 *
 * What a member may still be reading must count as its own, or it would get a second owner. That is what it was assigned,
 * and, since a cooperative member keeps what it has while it joins, what it said it owned when it last joined.
 */
import type { TopicId } from '../../base/ids.ts'
import type { ClassicGroup, ClassicMember } from '../classic/classic-state.ts'
import { metadataFor } from '../classic/classic-votes.ts'
import type { Needs, TransitionContext } from '../group-protocol.ts'
import { noPayload, type PayloadRef } from '../payload.ts'
import {
  type ClassicSubscription,
  identified,
  type NamedPartitions,
  readAssignment,
  readSubscription,
} from './classic-payloads.ts'
import type { ConsumerGroup, ConsumerMember } from './consumer-state.ts'
import { newMember } from './members.ts'
import { sortedNames, subscribedTopics } from './subscriptions.ts'
import { filtered, type Partitions, setsOf, union } from './topic-partitions.ts'

export type Upgrade =
  | { readonly group: ConsumerGroup }
  | { readonly needs: Needs }
  /** In words: the group stays as it is. */
  | { readonly problem: string }

/** A group without members begins anew, where its epochs went on. */
export const emptyConsumerGroup = (epoch: number): ConsumerGroup => ({
  kind: 'consumer',
  groupEpoch: epoch,
  assignmentEpoch: epoch,
  fencedEpoch: epoch,
  topics: [],
  members: [],
})

export function upgraded(state: ClassicGroup, context: TransitionContext): Upgrade {
  if (state.members.length === 0) return { group: emptyConsumerGroup(state.generation) }
  const problem = upgradeProblem(state, context)
  if (problem !== undefined)
    return { problem: `The classic group ${context.group} cannot become a consumer group: ${problem}.` }
  const needed = state.members.flatMap((member) => [protocolOf(state, member), member.assignment])
  const missing = [...new Set(needed)].filter((ref) => ref !== noPayload && context.payload(ref) === undefined)
  if (missing.length > 0) return { needs: { payloads: missing } }
  const brought: Brought[] = []
  for (const member of state.members) {
    const read = broughtBy(state, member, context)
    if (typeof read === 'string')
      return { problem: `The classic group ${context.group} cannot become a consumer group: ${read}.` }
    brought.push(read)
  }
  const resolved = subscribedTopics(
    brought.map(({ subscription, assigned }) => ({ topicNames: namesIn(subscription, assigned), topicRegex: '' })),
    context,
  )
  if ('needs' in resolved) return resolved
  const idOf = new Map(resolved.topics.map(({ name, id }): [string, TopicId] => [name, id]))
  const owned = ownership(brought, idOf)
  const members = brought.map((each, index) => asMember(state, each, owned[index] ?? []))
  return { group: { ...emptyConsumerGroup(state.generation), topics: resolved.topics, members } }
}

function upgradeProblem(state: ClassicGroup, { settings }: TransitionContext): string | undefined {
  const { migration, membersMax } = settings.consumer
  if (migration !== 'bidirectional' && migration !== 'upgrade') return 'the migration policy forbids it'
  if (state.protocolType !== 'consumer') return `its protocol type is ${state.protocolType}`
  return state.members.length > membersMax ? `it has more than ${membersMax} members` : undefined
}

interface Brought {
  readonly member: ClassicMember
  readonly subscription: ClassicSubscription
  readonly assigned: readonly NamedPartitions[]
}

/** While a group's first generation is being made, no protocol is chosen yet: consumers bring the same for each. */
const protocolOf = (state: ClassicGroup, member: ClassicMember): PayloadRef => {
  const chosen = metadataFor(member, state.protocolName)
  return chosen === noPayload ? (member.protocols[0]?.metadata ?? noPayload) : chosen
}

function broughtBy(state: ClassicGroup, member: ClassicMember, context: TransitionContext): Brought | string {
  const bytesOf = (ref: PayloadRef) =>
    ref === noPayload ? new Uint8Array() : (context.payload(ref) ?? new Uint8Array())
  const subscription = readSubscription(bytesOf(protocolOf(state, member)))
  const assigned = readAssignment(bytesOf(member.assignment))
  if (subscription === undefined || assigned === undefined) return 'its members do not speak as consumers do'
  if (assigned === 'foreign') return 'a custom assignor is in use, whose own data would be lost'
  return { member, subscription, assigned }
}

const namesIn = (subscription: ClassicSubscription, assigned: readonly NamedPartitions[]) =>
  sortedNames([...subscription.topics, ...[...assigned, ...subscription.owned].map(({ topic }) => topic)])

/** What was assigned comes first: who claims what another was given has not heard yet that it lost it. */
function ownership(brought: readonly Brought[], idOf: ReadonlyMap<string, TopicId>): readonly Partitions[] {
  const taken = new Map<TopicId, Set<number>>()
  const take = (partitions: Partitions): Partitions => {
    const fresh = filtered(partitions, (topicId, partition) => taken.get(topicId)?.has(partition) !== true)
    for (const [topicId, numbers] of setsOf(fresh)) {
      taken.set(topicId, new Set([...(taken.get(topicId) ?? []), ...numbers]))
    }
    return fresh
  }
  const assigned = brought.map((each) => take(identified(each.assigned, idOf)))
  return brought.map((each, index) => union(assigned[index] ?? [], take(identified(each.subscription.owned, idOf))))
}

function asMember(state: ClassicGroup, { member, subscription }: Brought, owned: Partitions): ConsumerMember {
  return {
    ...newMember(member.id, member.seenMs),
    sessionTimeoutMs: member.sessionTimeoutMs,
    epoch: state.generation,
    previousEpoch: state.generation,
    instanceId: member.instanceId,
    rackId: subscription.rackId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    rebalanceTimeoutMs: member.rebalanceTimeoutMs,
    topicNames: sortedNames(subscription.topics),
    assigned: owned,
    target: owned,
    classic: {
      protocols: member.protocols,
      version: subscription.version,
      assignment: member.assignment,
      joinByMs: 0,
      syncByMs: 0,
    },
  }
}
