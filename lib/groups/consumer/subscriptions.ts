/**
 * What the members of a group have subscribed to: names and regular expressions, resolved to topics that exist. A group
 * keeps the topics (`ConsumerGroup.topics`) that its targets were made for; when what the subscriptions mean now differs
 * (a topic came or went, has more partitions, is another of the same name), the group epoch grows.
 */
import type { TopicId } from '../../base/ids.ts'
import type { Needs, TransitionContext } from '../group-protocol.ts'
import type { ConsumerMember, SubscribedTopic } from './consumer-state.ts'
import { matchesTopic } from './topic-regex.ts'

type Subscription = Pick<ConsumerMember, 'topicNames' | 'topicRegex'>
type Topics = readonly SubscribedTopic[]

/** Every topic that one of the members has subscribed to, by name; or what has to be looked up to say so. */
export function subscribedTopics(
  members: readonly Subscription[],
  context: Pick<TransitionContext, 'topic' | 'allTopics'>,
): { readonly topics: Topics } | { readonly needs: Needs } {
  const { names: asked, regexes } = wishesOf(members)
  const everything = regexes.size === 0 ? [] : context.allTopics()
  if (everything === undefined) return { needs: { topics: 'all' } }
  const found = new Map<string, SubscribedTopic>()
  for (const regex of regexes) for (const topic of matching(regex, everything)) found.set(topic.name, topic)
  const missing: string[] = []
  for (const name of asked) {
    const topic = context.topic(name)
    if (topic === undefined) missing.push(name)
    else if (topic !== null) found.set(name, topic)
  }
  if (missing.length > 0) return { needs: { topics: missing } }
  const names = [...found.keys()].sort()
  return {
    topics: names.flatMap((name) => {
      const topic = found.get(name)
      return topic === undefined ? [] : [{ id: topic.id, name, partitions: topic.partitions }]
    }),
  }
}

export function sameTopics(a: Topics, b: Topics): boolean {
  return (
    a === b ||
    (a.length === b.length &&
      a.every(({ id, partitions }, index) => id === b[index]?.id && partitions === b[index]?.partitions))
  )
}

/** Those of the topics that a member has subscribed to. Members with equal subscriptions get the same set. */
export function subscribedIds({ topicNames, topicRegex }: Subscription, topics: Topics): ReadonlySet<TopicId> {
  const memo = idsOf.get(topics) ?? new Map<string, ReadonlySet<TopicId>>()
  idsOf.set(topics, memo)
  const key = JSON.stringify([topicRegex, topicNames])
  const known = memo.get(key)
  if (known !== undefined) return known
  const names = new Set(topicNames)
  const ids = new Set(
    topics
      .filter(({ name }) => names.has(name) || (topicRegex !== '' && matchesTopic(topicRegex, name)))
      .map(({ id }) => id),
  )
  memo.set(key, ids)
  return ids
}

/** Bounded by the life of a group's list of topics, and by its members. */
const idsOf = new WeakMap<Topics, Map<string, ReadonlySet<TopicId>>>()

/** What stays subscribed when members go. */
export function stillSubscribed(topics: Topics, members: readonly Subscription[]): Topics {
  const ids = new Set(members.flatMap((member) => [...subscribedIds(member, topics)]))
  const still = topics.filter(({ id }) => ids.has(id))
  return still.length === topics.length ? topics : still
}

/** Sorted, each once: so that equal subscriptions are equal data. */
export const sortedNames = (names: readonly string[]): readonly string[] => [...new Set(names)].sort()

interface Wishes {
  readonly names: ReadonlySet<string>
  readonly regexes: ReadonlySet<string>
}

/** Asked for by every heartbeat of a group in which nothing changes, so remembered as long as the members are the same. */
function wishesOf(members: readonly Subscription[]): Wishes {
  const known = wishes.get(members)
  if (known !== undefined) return known
  const names = new Set<string>()
  for (const { topicNames } of members) for (const name of topicNames) names.add(name)
  const regexes = new Set(members.map(({ topicRegex }) => topicRegex).filter((regex) => regex !== ''))
  wishes.set(members, { names, regexes })
  return { names, regexes }
}

const wishes = new WeakMap<readonly Subscription[], Wishes>()

/** The same for an expression and a list of all topics. */
function matching(regex: string, everything: Topics): Topics {
  const memo = matches.get(everything) ?? new Map<string, Topics>()
  matches.set(everything, memo)
  const known = memo.get(regex)
  if (known !== undefined) return known
  const found = everything.filter(({ name }) => matchesTopic(regex, name))
  memo.set(regex, found)
  return found
}

const matches = new WeakMap<Topics, Map<string, Topics>>()
