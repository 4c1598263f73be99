/**
 * FindCoordinator (10), versions 0 to 6. The coordinator of a group or of a transactional id is a live broker, chosen by
 * rendezvous hashing; whichever broker is asked answers the same, and no coordinator keeps what another could not load. A
 * client that reaches only this broker is sent here. Transactions are not served, and their coordinator says so when it is
 * asked for a producer id. Share groups are not served (INVALID_REQUEST, as in Kafka where they are off).
 */
import { chooseBroker } from '../../cluster/rendezvous.ts'
import { errorCodes, errorName } from '../../wire/error-codes.ts'
import type { RequestOf, ResponseInput } from '../../wire/schema.ts'
import { findCoordinatorApi } from '../../wire/schemas/10-find-coordinator.ts'
import { handler, type RequestContext } from '../handler.ts'
import { reachableBrokers } from '../leadership.ts'
import type { BrokerServices } from '../services.ts'

type FindCoordinatorRequest = RequestOf<typeof findCoordinatorApi>
type FindCoordinatorResponse = ResponseInput<typeof findCoordinatorApi>

/** `CoordinatorType`: 0 groups, 1 transactions, 2 shares. */
const keyTypesServed: ReadonlySet<number> = new Set([0, 1])
const manyKeysVersionMin = 4

export const findCoordinator = handler<typeof findCoordinatorApi>({
  api: findCoordinatorApi,
  minVersion: 0,
  maxVersion: 6,
  handle: (services, request, context) =>
    answer(request, context, (key) =>
      keyTypesServed.has(request.keyType) ? coordinatorOf(services, context, key) : nobody(errorCodes.INVALID_REQUEST),
    ),
  failed: (request, errorCode, context) => answer(request, context, () => nobody(errorCode)),
})

function coordinatorOf(services: BrokerServices, context: RequestContext, key: string) {
  const broker = chooseBroker(key, reachableBrokers(services, context))
  if (broker === undefined) return nobody(errorCodes.COORDINATOR_NOT_AVAILABLE)
  return { nodeId: broker.id, host: broker.host, port: broker.port, errorCode: errorCodes.NONE }
}

const nobody = (errorCode: number) => ({ nodeId: -1, host: '', port: -1, errorCode })

function answer(
  request: FindCoordinatorRequest,
  { version }: RequestContext,
  find: (key: string) => ReturnType<typeof nobody>,
): FindCoordinatorResponse {
  // Kafka's messages: the error's name, `NONE` too, up to version 3, and none later.
  if (version < manyKeysVersionMin) {
    const found = find(request.key)
    return { ...found, errorMessage: errorName(found.errorCode) ?? null, coordinators: [] }
  }
  return { coordinators: request.coordinatorKeys.map((key) => ({ key, ...find(key) })) }
}
