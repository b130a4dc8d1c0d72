/** Ids of nodes, as the graph's answer makes them. */
export const clusterId = (cluster: string): string => `cluster:${cluster}`
export const namespaceId = (cluster: string, namespace: string): string =>
  `namespace:${cluster}/${namespace}`
export const accountId = (account: string): string => `account:${account}`
