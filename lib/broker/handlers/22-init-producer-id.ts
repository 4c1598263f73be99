/**
 * InitProducerId (22), versions 0 to 5. A fresh id at epoch 0 for an idempotent producer. One that says which id and epoch it
 * had (KIP-360) gets a fresh id all the same, as in Kafka: only a transactional id makes an epoch go on.
 *
 * Transactions are not served yet: a transactional id is refused with UNSUPPORTED_VERSION, which producers take as final and
 * report, where an error that can be retried would leave them waiting.
 */
import { errorCodes } from '../../wire/error-codes.ts'
import type { ResponseInput } from '../../wire/schema.ts'
import { initProducerIdApi } from '../../wire/schemas/22-init-producer-id.ts'
import { handler } from '../handler.ts'

type InitProducerIdResponse = ResponseInput<typeof initProducerIdApi>

export const initProducerId = handler<typeof initProducerIdApi>({
  api: initProducerIdApi,
  minVersion: 0,
  maxVersion: 5,
  async handle({ producerIds }, { transactionalId, producerId, producerEpoch }) {
    // Both or neither, as `KafkaApis.handleInitProducerIdRequest` has it.
    if ((producerId === -1n) !== (producerEpoch === -1)) return failed(errorCodes.INVALID_REQUEST)
    if (transactionalId === '') return failed(errorCodes.INVALID_REQUEST)
    if (transactionalId !== null) return failed(errorCodes.UNSUPPORTED_VERSION)
    return { errorCode: errorCodes.NONE, producerId: await producerIds.next(), producerEpoch: 0 }
  },
  // An id that was lost on its way is nobody's: to ask again is always right.
  failed: (_request, errorCode) =>
    failed(errorCode === errorCodes.UNKNOWN_SERVER_ERROR ? errorCode : errorCodes.COORDINATOR_NOT_AVAILABLE),
})

const failed = (errorCode: number): InitProducerIdResponse => ({ errorCode, producerId: -1, producerEpoch: -1 })
