/** The stage that runs on one machine, on MiniStack. */
export const LOCAL_STAGE = 'local';

/**
 * All that is different on one machine, each with its reason; nothing else in `lib/` asks whether a stage is the local
 * one. MiniStack 1.5.33 takes every resource of the stack as it is, so none is left out. What it stores and does not
 * apply (permissions, throttling, encryption, retention, the private endpoint) is shown by the tests of the template.
 */
export function localDifferences(stage: unknown) {
  const isLocal = stage === LOCAL_STAGE;
  return {
    /** The Graph simulator listens on a loopback address, without TLS. */
    allowsLoopbackHttp: isLocal,
    /** There is no VPC to come from. */
    allowsPrivateEndpoint: !isLocal,
    /** Nothing there is worth keeping, and every run starts from nothing. */
    removalPolicy: isLocal ? 'destroy' : 'retain',
    /** A run ends by taking the stack away, and gets its settings from the command line. */
    isProtected: !isLocal && stage !== 'dev',
  } as const;
}
