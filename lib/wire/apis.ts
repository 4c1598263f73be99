/**
 * Every API that has a table. What is served is for the handlers to say (`api-versions.ts`); a table may describe more,
 * because the tests hold it to all frames that were recorded.
 */
import { assert } from '../base/assert.ts'
import type { Api } from './schema.ts'
import { produceApi } from './schemas/00-produce.ts'
import { fetchApi } from './schemas/01-fetch.ts'
import { listOffsetsApi } from './schemas/02-list-offsets.ts'
import { metadataApi } from './schemas/03-metadata.ts'
import { offsetCommitApi } from './schemas/08-offset-commit.ts'
import { offsetFetchApi } from './schemas/09-offset-fetch.ts'
import { findCoordinatorApi } from './schemas/10-find-coordinator.ts'
import { joinGroupApi } from './schemas/11-join-group.ts'
import { heartbeatApi } from './schemas/12-heartbeat.ts'
import { leaveGroupApi } from './schemas/13-leave-group.ts'
import { syncGroupApi } from './schemas/14-sync-group.ts'
import { describeGroupsApi } from './schemas/15-describe-groups.ts'
import { listGroupsApi } from './schemas/16-list-groups.ts'
import { saslHandshakeApi } from './schemas/17-sasl-handshake.ts'
import { apiVersionsApi } from './schemas/18-api-versions.ts'
import { createTopicsApi } from './schemas/19-create-topics.ts'
import { deleteTopicsApi } from './schemas/20-delete-topics.ts'
import { deleteRecordsApi } from './schemas/21-delete-records.ts'
import { initProducerIdApi } from './schemas/22-init-producer-id.ts'
import { offsetForLeaderEpochApi } from './schemas/23-offset-for-leader-epoch.ts'
import { addPartitionsToTxnApi } from './schemas/24-add-partitions-to-txn.ts'
import { addOffsetsToTxnApi } from './schemas/25-add-offsets-to-txn.ts'
import { endTxnApi } from './schemas/26-end-txn.ts'
import { txnOffsetCommitApi } from './schemas/28-txn-offset-commit.ts'
import { describeAclsApi } from './schemas/29-describe-acls.ts'
import { createAclsApi } from './schemas/30-create-acls.ts'
import { deleteAclsApi } from './schemas/31-delete-acls.ts'
import { describeConfigsApi } from './schemas/32-describe-configs.ts'
import { alterConfigsApi } from './schemas/33-alter-configs.ts'
import { describeLogDirsApi } from './schemas/35-describe-log-dirs.ts'
import { saslAuthenticateApi } from './schemas/36-sasl-authenticate.ts'
import { createPartitionsApi } from './schemas/37-create-partitions.ts'
import { createDelegationTokenApi } from './schemas/38-create-delegation-token.ts'
import { describeDelegationTokenApi } from './schemas/41-describe-delegation-token.ts'
import { deleteGroupsApi } from './schemas/42-delete-groups.ts'
import { electLeadersApi } from './schemas/43-elect-leaders.ts'
import { incrementalAlterConfigsApi } from './schemas/44-incremental-alter-configs.ts'
import { alterPartitionReassignmentsApi } from './schemas/45-alter-partition-reassignments.ts'
import { listPartitionReassignmentsApi } from './schemas/46-list-partition-reassignments.ts'
import { offsetDeleteApi } from './schemas/47-offset-delete.ts'
import { describeClientQuotasApi } from './schemas/48-describe-client-quotas.ts'
import { alterClientQuotasApi } from './schemas/49-alter-client-quotas.ts'
import { describeUserScramCredentialsApi } from './schemas/50-describe-user-scram-credentials.ts'
import { alterUserScramCredentialsApi } from './schemas/51-alter-user-scram-credentials.ts'
import { describeQuorumApi } from './schemas/55-describe-quorum.ts'
import { updateFeaturesApi } from './schemas/57-update-features.ts'
import { describeClusterApi } from './schemas/60-describe-cluster.ts'
import { describeProducersApi } from './schemas/61-describe-producers.ts'
import { describeTransactionsApi } from './schemas/65-describe-transactions.ts'
import { listTransactionsApi } from './schemas/66-list-transactions.ts'
import { consumerGroupHeartbeatApi } from './schemas/68-consumer-group-heartbeat.ts'
import { consumerGroupDescribeApi } from './schemas/69-consumer-group-describe.ts'
import { listConfigResourcesApi } from './schemas/74-list-config-resources.ts'
import { describeTopicPartitionsApi } from './schemas/75-describe-topic-partitions.ts'
import { shareGroupHeartbeatApi } from './schemas/76-share-group-heartbeat.ts'
import { shareGroupDescribeApi } from './schemas/77-share-group-describe.ts'
import { shareFetchApi } from './schemas/78-share-fetch.ts'
import { shareAcknowledgeApi } from './schemas/79-share-acknowledge.ts'
import { describeShareGroupOffsetsApi } from './schemas/90-describe-share-group-offsets.ts'
import { alterShareGroupOffsetsApi } from './schemas/91-alter-share-group-offsets.ts'
import { deleteShareGroupOffsetsApi } from './schemas/92-delete-share-group-offsets.ts'

/** Ascending by key. */
export const apis: readonly Api[] = [
  produceApi,
  fetchApi,
  listOffsetsApi,
  metadataApi,
  offsetCommitApi,
  offsetFetchApi,
  findCoordinatorApi,
  joinGroupApi,
  heartbeatApi,
  leaveGroupApi,
  syncGroupApi,
  describeGroupsApi,
  listGroupsApi,
  saslHandshakeApi,
  apiVersionsApi,
  createTopicsApi,
  deleteTopicsApi,
  deleteRecordsApi,
  initProducerIdApi,
  offsetForLeaderEpochApi,
  addPartitionsToTxnApi,
  addOffsetsToTxnApi,
  endTxnApi,
  txnOffsetCommitApi,
  describeAclsApi,
  createAclsApi,
  deleteAclsApi,
  describeConfigsApi,
  alterConfigsApi,
  describeLogDirsApi,
  saslAuthenticateApi,
  createPartitionsApi,
  createDelegationTokenApi,
  describeDelegationTokenApi,
  deleteGroupsApi,
  electLeadersApi,
  incrementalAlterConfigsApi,
  alterPartitionReassignmentsApi,
  listPartitionReassignmentsApi,
  offsetDeleteApi,
  describeClientQuotasApi,
  alterClientQuotasApi,
  describeUserScramCredentialsApi,
  alterUserScramCredentialsApi,
  describeQuorumApi,
  updateFeaturesApi,
  describeClusterApi,
  describeProducersApi,
  describeTransactionsApi,
  listTransactionsApi,
  consumerGroupHeartbeatApi,
  consumerGroupDescribeApi,
  listConfigResourcesApi,
  describeTopicPartitionsApi,
  shareGroupHeartbeatApi,
  shareGroupDescribeApi,
  shareFetchApi,
  shareAcknowledgeApi,
  describeShareGroupOffsetsApi,
  alterShareGroupOffsetsApi,
  deleteShareGroupOffsetsApi,
]

const byKey = new Map(apis.map((api) => [api.key, api]))
assert(byKey.size === apis.length, 'two APIs have one key')

export const apiByKey = (key: number): Api | undefined => byKey.get(key)
