/**
 * From a frame to the frame that answers it: finds the handler, decodes, calls it, encodes. A frame that no Kafka server
 * would understand throws, and its connection is closed; whatever else goes wrong is an answer with Kafka's error code.
 */
import { OutcomeUnknown, StoreUnavailable } from '../store/errors.ts'
import { advertisedVersions, unsupportedApiVersions } from '../wire/api-versions.ts'
import { errorCodes } from '../wire/error-codes.ts'
import { decodeRequest, encodeResponse, openRequest } from '../wire/messages.ts'
import type { Api, RequestOf } from '../wire/schema.ts'
import { apiVersionsApi } from '../wire/schemas/18-api-versions.ts'
import { MalformedFrame } from '../wire/wire-errors.ts'
import { type AnyHandler, ClosesConnection, type RequestContext } from './handler.ts'
import type { BrokerServices } from './services.ts'

/** What the transport says of a request: all of its context that is not in the frame. */
export type Transport = Omit<RequestContext, 'version' | 'correlationId' | 'clientId'>

/** What became of a request, for metrics and logs. */
export interface Served {
  readonly api: string
  readonly version: number
  readonly clientId: string | null
  /** The frame to send, in pieces; `no-response` where the client waits for none. */
  readonly response: readonly Uint8Array[] | 'no-response'
}

export class Broker {
  readonly #services: BrokerServices
  readonly #handlers: ReadonlyMap<number, AnyHandler>

  constructor(services: BrokerServices, handlers: readonly AnyHandler[]) {
    this.#services = services
    this.#handlers = new Map(handlers.map((each) => [each.api.key, each]))
  }

  /**
   * Whatever it throws, the connection is to be closed.
   * @throws MalformedFrame for bytes that are no request, or an API that is not served
   * @throws ClosesConnection where a client that waits for no answer has to learn of a failure
   */
  async handle(frame: Buffer, transport: Transport): Promise<Served> {
    const opened = openRequest(frame)
    const { requestApiKey: key, requestApiVersion: version, correlationId, clientId } = opened.header
    const found = this.#handlers.get(key)
    if (found === undefined) throw new MalformedFrame(`a request of API ${key}, which is not served`)
    const { api } = found
    if (opened.kind === 'unsupported' || version < found.minVersion || version > found.maxVersion) {
      if (key !== apiVersionsApi.key) throw new MalformedFrame(`${api.name} v${version} is not served`)
      const [own] = advertisedVersions([found])
      if (own === undefined) throw new MalformedFrame('ApiVersions is not served')
      return { api: api.name, version, clientId, response: unsupportedApiVersions(correlationId, own) }
    }
    const request = decodeRequest(api, version, opened.body)
    const context = { ...transport, version, correlationId, clientId }
    const response = await this.#answer(found, request, context)
    return {
      api: api.name,
      version,
      clientId,
      response: response === 'no-response' ? response : encodeResponse(api, version, correlationId, response),
    }
  }

  async #answer(found: AnyHandler, request: RequestOf<Api>, context: RequestContext) {
    try {
      return await found.handle(this.#services, request, context)
    } catch (fault) {
      if (fault instanceof ClosesConnection) throw fault
      this.#services.report(fault)
      const code = errorCodeOf(fault)
      if (found.failed === undefined) throw fault
      return found.failed(request, code, context)
    }
  }
}

/** A store that does not answer is worth another try; anything else is a bug of ours. */
const errorCodeOf = (fault: unknown): number => {
  if (fault instanceof StoreUnavailable) return errorCodes.COORDINATOR_NOT_AVAILABLE
  if (fault instanceof OutcomeUnknown) return errorCodes.REQUEST_TIMED_OUT
  return errorCodes.UNKNOWN_SERVER_ERROR
}
