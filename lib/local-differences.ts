/** The stage that runs on one machine, on MiniStack. */
export const LOCAL_STAGE = 'local';

/**
 * All differences of the local stage, each with its reason. Nothing else in `lib/` asks whether a stage is the local one.
 * MiniStack 1.5.33 accepts every resource of the stack but the saved queries. It stores some settings without applying them
 * (permissions, throttling, encryption, retention, the private endpoint); the tests of the template check those.
 */
export function localDifferences(stage: unknown) {
  const isLocal = stage === LOCAL_STAGE;
  return {
    /** The Graph simulator listens on a loopback address, without TLS. */
    allowsLoopbackHttp: isLocal,
    /** There is no VPC. */
    allowsPrivateEndpoint: !isLocal,
    /** Nothing there is worth keeping, and every run starts from nothing. */
    removalPolicy: isLocal ? 'destroy' : 'retain',
    /** MiniStack has no `AWS::Logs::QueryDefinition`. */
    savesQueries: !isLocal,
    /** A run deletes its stack at the end, and gets its settings from the command line. */
    isProtected: !isLocal && stage !== 'dev',
  } as const;
}
