/**
 * DescribeCluster (60), versions 0 to 2. The cluster's id, its live brokers, and as controller the lowest of them: any broker
 * administers. There are no controllers apart from brokers, so a question for those is one to the wrong endpoint (KIP-919),
 * and no broker is fenced: one without a lease is not named.
 */
import { errorCodes } from '../../wire/error-codes.ts'
import type { ResponseInput } from '../../wire/schema.ts'
import { describeClusterApi } from '../../wire/schemas/60-describe-cluster.ts'
import { clusterOperations } from '../authorized-operations.ts'
import { handler } from '../handler.ts'
import { reachableBrokers } from '../leadership.ts'

type DescribeClusterResponse = ResponseInput<typeof describeClusterApi>

/** `EndpointType` (KIP-919). */
const endpoint = { brokers: 1, controllers: 2 }

export const describeCluster = handler<typeof describeClusterApi>({
  api: describeClusterApi,
  minVersion: 0,
  maxVersion: 2,
  handle(services, { endpointType, includeClusterAuthorizedOperations: isAsked }, context) {
    if (endpointType === endpoint.controllers) {
      return failed(errorCodes.MISMATCHED_ENDPOINT_TYPE, 'The request was sent to a broker, and asks for controllers.')
    }
    if (endpointType !== endpoint.brokers) {
      return failed(errorCodes.UNSUPPORTED_ENDPOINT_TYPE, `There is no endpoint type ${endpointType}.`)
    }
    const brokers = reachableBrokers(services, context)
    return {
      throttleTimeMs: 0,
      errorCode: errorCodes.NONE,
      clusterId: services.clusterId,
      controllerId: brokers[0]?.id ?? -1,
      brokers: brokers.map(({ id, host, port, rack }) => ({ brokerId: id, host, port, rack, isFenced: false })),
      ...(isAsked ? { clusterAuthorizedOperations: clusterOperations } : {}),
    }
  },
  failed: (_request, errorCode) => failed(errorCode, null),
})

const failed = (errorCode: number, errorMessage: string | null): DescribeClusterResponse => ({
  throttleTimeMs: 0,
  errorCode,
  errorMessage,
  clusterId: '',
  brokers: [],
})
