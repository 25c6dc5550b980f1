// System: what the gateway asks of the operating system besides sockets: small files and folder listings, child
// processes, and what its own process may use (descriptors, memory).
//
//   Depends on   the C library; CLinux (fork, exec and pidfd in C) and EventLoop for processes
//   Used by      Config (files); LocalLambda and Server (processes)
//   Start at     Files.read(_:bytesMax:); Command, Child.init(_:on:onOutput:onExit:); DescriptorPlan, TrimSchedule;
//                ServiceNotice
//
//   Process/     children in their own group, watched on an event loop, killed as a group; this process itself
