/** The records of all log files below `directory`, with the fields that name who assumed what. */
export const logFiles = (directory: string) => `
  SELECT unnest(Records) AS r
  FROM read_json('${directory.replaceAll("'", "''")}/**/*.json.gz',
    compression = 'gzip', maximum_object_size = 268435456,
    columns = {Records: 'STRUCT(
      eventTime VARCHAR, eventSource VARCHAR, eventName VARCHAR, eventID VARCHAR,
      sourceIPAddress VARCHAR, userAgent VARCHAR,
      userIdentity STRUCT("type" VARCHAR, userName VARCHAR, invokedBy VARCHAR, accessKeyId VARCHAR),
      requestParameters STRUCT(roleArn VARCHAR, roleSessionName VARCHAR,
        tags STRUCT("key" VARCHAR, "value" VARCHAR)[]),
      responseElements STRUCT(credentials STRUCT(accessKeyId VARCHAR), provider VARCHAR))[]'})`

const tag = (name: string) =>
  `list_filter(r.requestParameters.tags, lambda t: t."key" = '${name}')[1]."value"`

/** Issued sessions of \`logs\`; cluster, namespace and serviceAccount are null unless a workload was the caller. */
export const sessions = (logs: string) => `
  SELECT r.responseElements.credentials.accessKeyId AS accessKeyId,
    r.userIdentity.accessKeyId AS callerKey,
    r.requestParameters.roleArn AS role,
    r.requestParameters.roleSessionName AS session,
    r.eventTime AS eventTime, r.eventID AS eventId,
    r.sourceIPAddress AS sourceIp, r.userAgent AS userAgent,
    CASE WHEN r.eventName = 'AssumeRoleWithWebIdentity'
        AND starts_with(r.userIdentity.userName, 'system:serviceaccount:')
      THEN split_part(r.responseElements.provider, ':oidc-provider/', 2)
      WHEN r.userIdentity.invokedBy = 'pods.eks.amazonaws.com' THEN ${tag('eks-cluster-arn')}
    END AS cluster,
    CASE WHEN r.eventName = 'AssumeRoleWithWebIdentity'
        AND starts_with(r.userIdentity.userName, 'system:serviceaccount:')
      THEN split_part(r.userIdentity.userName, ':', 3)
      WHEN r.userIdentity.invokedBy = 'pods.eks.amazonaws.com' THEN ${tag('kubernetes-namespace')}
    END AS namespace,
    CASE WHEN r.eventName = 'AssumeRoleWithWebIdentity'
        AND starts_with(r.userIdentity.userName, 'system:serviceaccount:')
      THEN split_part(r.userIdentity.userName, ':', 4)
      WHEN r.userIdentity.invokedBy = 'pods.eks.amazonaws.com' THEN ${tag('kubernetes-service-account')}
    END AS serviceAccount
  FROM (${logs})
  WHERE r.eventSource = 'sts.amazonaws.com'
    AND r.responseElements.credentials.accessKeyId IS NOT NULL`

/** Which workload assumed which role directly. The set holds no repeated records, so a plain count is right. */
export const Q1 = (logs: string) => `
  SELECT cluster, namespace, serviceAccount, role, count(*), min(eventTime), max(eventTime)
  FROM (${sessions(logs)})
  WHERE cluster IS NOT NULL
  GROUP BY ALL`
