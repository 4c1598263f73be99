/** Every API that is served, ascending by key. ApiVersions is derived from this list. */
import type { AnyHandler } from './handler.ts'
import { produce } from './handlers/00-produce.ts'
import { fetch } from './handlers/01-fetch.ts'
import { listOffsets } from './handlers/02-list-offsets.ts'
import { metadata } from './handlers/03-metadata.ts'
import { findCoordinator } from './handlers/10-find-coordinator.ts'
import { apiVersions } from './handlers/18-api-versions.ts'
import { deleteRecords } from './handlers/21-delete-records.ts'
import { initProducerId } from './handlers/22-init-producer-id.ts'
import { offsetForLeaderEpoch } from './handlers/23-offset-for-leader-epoch.ts'
import { describeLogDirs } from './handlers/35-describe-log-dirs.ts'
import { describeCluster } from './handlers/60-describe-cluster.ts'
import { describeProducers } from './handlers/61-describe-producers.ts'
import { describeTopicPartitions } from './handlers/75-describe-topic-partitions.ts'

export const allHandlers: readonly AnyHandler[] = [
  produce,
  fetch,
  listOffsets,
  metadata,
  findCoordinator,
  apiVersions(() => allHandlers),
  deleteRecords,
  initProducerId,
  offsetForLeaderEpoch,
  describeLogDirs,
  describeCluster,
  describeProducers,
  describeTopicPartitions,
]
