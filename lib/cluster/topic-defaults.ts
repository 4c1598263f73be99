/**
 * The broker's defaults of topic configs, as topics see them. They change while the broker runs, and are read again
 * beside the topics themselves: a process without requests reads nothing.
 */
import type { TopicConfigs } from './topic-config.ts'

export interface TopicDefaults {
  /** By the names of topic configs, only what is not Kafka's default. Answered from memory. */
  current(): TopicConfigs
  /** Reads them again when they are old. Throws as a read of the store does. */
  freshen(): Promise<void>
}

/** Kafka's own defaults. */
export const kafkaDefaults: TopicDefaults = { current: () => ({}), freshen: async () => undefined }
