/**
 * What the cluster is asked about topics and what it answers. Every refusal is an expected outcome with a sentence for
 * the person who asked; HTTP statuses and Kafka's error codes are made from `outcome` where messages are made.
 */
import type { TopicId } from '../base/ids.ts'
import { partitionsPerTopicMax, quotedLengthMax, replicationFactorMax } from '../base/limits.ts'
import { type TopicConfigs, topicConfigsProblem } from './topic-config.ts'
import type { Topic } from './topic-item.ts'
import { isInternalTopic, topicNameProblem } from './topic-names.ts'

export interface CreateTopic {
  readonly name: string
  /** 1 to `partitionsPerTopicMax`. */
  readonly partitions: number
  /** 1 to `replicationFactorMax`; 1 when it is left out. */
  readonly replicationFactor?: number
  readonly configs?: TopicConfigs
  readonly validateOnly?: boolean
}

/** What was asked for cannot be: `message` is a sentence that says why. */
export interface TopicProblem<Outcome extends string> {
  readonly outcome: Outcome
  readonly message: string
}

export type CreateTopicAnswer =
  /** With `validateOnly`: what would be created. */
  | { readonly outcome: 'created'; readonly topic: Topic }
  /** A topic of this name is there: `topic`. */
  | { readonly outcome: 'exists'; readonly topic: Topic; readonly message: string }
  /** Illegal, internal, or another topic's but for '.' and '_'. */
  | TopicProblem<'invalid-name'>
  | TopicProblem<'invalid-partitions'>
  | TopicProblem<'invalid-replication-factor'>
  | TopicProblem<'invalid-config'>

export type AlterTopicAnswer =
  | { readonly outcome: 'altered'; readonly topic: Topic }
  | TopicProblem<'unknown-topic'>
  | TopicProblem<'invalid-config'>
  /** Others altered the topic at the same time, again and again: nothing was changed. */
  | TopicProblem<'contended'>

export type AddPartitionsAnswer =
  | { readonly outcome: 'altered'; readonly topic: Topic }
  | TopicProblem<'unknown-topic'>
  | TopicProblem<'invalid-partitions'>
  | TopicProblem<'contended'>

export type DeleteTopicAnswer =
  /** Gone for every reader at once; its data goes later. */
  { readonly outcome: 'deleted'; readonly id: TopicId } | TopicProblem<'unknown-topic'>

/** Why a topic cannot be created, as far as the request alone tells. */
export function createProblem(request: CreateTopic, defaults: TopicConfigs = {}): CreateTopicAnswer | undefined {
  const { name, partitions, replicationFactor = 1, configs = {} } = request
  const nameProblem = topicNameProblem(name)
  if (nameProblem !== undefined) return { outcome: 'invalid-name', message: nameProblem }
  if (isInternalTopic(name)) {
    return { outcome: 'invalid-name', message: `${name} belongs to Kafka itself. Choose another name.` }
  }
  const illegal = partitionsProblem(partitions)
  if (illegal !== undefined) return { outcome: 'invalid-partitions', message: illegal }
  if (!Number.isInteger(replicationFactor) || replicationFactor < 1 || replicationFactor > replicationFactorMax) {
    const message = `A replication factor is 1 to ${replicationFactorMax}; ${replicationFactor} is not possible.`
    return { outcome: 'invalid-replication-factor', message }
  }
  const configProblem = topicConfigsProblem(configs, defaults)
  return configProblem === undefined ? undefined : { outcome: 'invalid-config', message: configProblem }
}

/** Why a topic cannot have this many partitions, or `undefined`. */
export function partitionsProblem(partitions: number): string | undefined {
  if (Number.isInteger(partitions) && partitions >= 1 && partitions <= partitionsPerTopicMax) return undefined
  return `A topic has 1 to ${partitionsPerTopicMax} partitions; ${partitions} is not possible.`
}

/** The name is that of a topic which is there, or differs from it only in '.' and '_'. */
export function nameTaken(name: string, topic: Topic): CreateTopicAnswer {
  if (topic.name === name) return { outcome: 'exists', topic, message: `There is a topic named ${name} already.` }
  const message = `${name} is too much like ${topic.name}, since Kafka's metrics write '.' as '_'. Choose another name.`
  return { outcome: 'invalid-name', message }
}

export function unknownTopic(name: string): TopicProblem<'unknown-topic'> {
  return { outcome: 'unknown-topic', message: `There is no topic named '${name.slice(0, quotedLengthMax)}'.` }
}
