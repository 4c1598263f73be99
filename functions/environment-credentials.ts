/**
 * Stands in the bundles for the SDK's chain of credential providers (`@aws-sdk/credential-provider-node`): Lambda gives a
 * function its role's credentials in the environment, and nowhere else. The chain would be 110 KB, read in every cold start.
 */

interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** By the name under which the SDK's clients ask for it. Throws where the environment has none. */
export const defaultProvider = () => async (): Promise<Credentials> => {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = process.env
  if (!accessKeyId || !secretAccessKey) throw new Error("the function's environment has no AWS credentials")
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) }
}
