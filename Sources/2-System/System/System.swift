// System: what the gateway asks of the operating system besides sockets: small files and folder listings, what changes
// in folders, child processes, and what its own process may use (descriptors, memory).
//
//   Depends on   the C library; CLinux (fork, exec, pidfd, inotify) and EventLoop for processes and changes
//   Used by      Config (files); LocalLambda and Server (processes)
//   Start at     Files.read(_:bytesMax:); Command, Child.init(_:on:onOutput:onExit:); FolderWatch; DescriptorPlan;
//                ServiceNotice
//
//   Process/     children in their own group, watched on an event loop, killed as a group; this process itself
//   Watch/       a folder and all below it, by inotify
