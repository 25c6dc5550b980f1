// Process: child processes of the gateway: started in their own group, watched on an event loop, killed as a group.
//
//   Depends on   CLinux (fork, exec and pidfd in C), EventLoop
//   Used by      LocalLambda
//   Start at     Command, Child.init(_:on:onOutput:onExit:)
