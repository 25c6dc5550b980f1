// Process: child processes of the gateway (started in their own group, watched on an event loop, killed as a group), and
// what the gateway's own process may use: descriptors and memory.
//
//   Depends on   CLinux (fork, exec and pidfd in C), EventLoop
//   Used by      LocalLambda, Server
//   Start at     Command, Child.init(_:on:onOutput:onExit:); DescriptorPlan, TrimSchedule
