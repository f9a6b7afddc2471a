/** The deployments every site can have. */
export const DEPLOYMENTS = ['dev', 'staging', 'prod'] as const;
export type Deployment = (typeof DEPLOYMENTS)[number];
