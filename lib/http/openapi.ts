/** The API's description, OpenAPI 3.1. */
export const openapiDocument = (url: string) => ({
  openapi: '3.1.0',
  info: { title: 'Gregor', version: '0.1.0' },
  servers: [{ url }],
  paths: {},
})
