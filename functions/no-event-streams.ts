/**
 * Stands in the bundles for the SDK's event streams (`@smithy/core/event-streams`): no call that we make has one. The SDK
 * imports them late, upon which the bundler keeps all of them, and wraps every module that they share with the rest.
 */

/** Adds what would read and write events to a client's settings; here nothing. */
export const resolveEventStreamSerdeConfig = <Settings>(settings: Settings): Settings => settings

const carried = (): never => {
  throw new Error('the functions carry no event streams')
}

export const eventStreamSerdeProvider = () => carried()

export class EventStreamSerde {
  constructor() {
    carried()
  }
}
