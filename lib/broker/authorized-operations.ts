/**
 * What a client may do, as the bits that Kafka answers: bit n is the operation of code n (`AclOperation`). There are no
 * ACLs, so everybody may do everything that a resource knows (`AclEntry.supportedOperations`).
 */

const operation = {
  read: 3,
  write: 4,
  create: 5,
  delete: 6,
  alter: 7,
  describe: 8,
  clusterAction: 9,
  describeConfigs: 10,
  alterConfigs: 11,
  idempotentWrite: 12,
} as const

const bits = (...operations: readonly number[]): number => operations.reduce((sum, code) => sum | (1 << code), 0)

const { read, write, create, alter, describe, clusterAction, describeConfigs, alterConfigs, idempotentWrite } =
  operation

export const topicOperations = bits(
  ...[read, write, create, operation.delete, alter, describe, describeConfigs, alterConfigs],
)
export const groupOperations = bits(read, operation.delete, describe, describeConfigs, alterConfigs)
export const clusterOperations = bits(
  ...[create, alter, describe, clusterAction, describeConfigs, alterConfigs, idempotentWrite],
)
