// System: what the gateway needs of the operating system besides sockets: small files and folder listings, changes in
// folders, child processes, and the limits of its own process (descriptors, memory).
//
//   Depends on   the C library; CLinux (fork, exec, pidfd, inotify) and EventLoop for processes and changes
//   Used by      Config (files); LocalLambda and Server (processes)
//   Start at     Files.read(_:bytesMax:); Command, Child.init(_:on:onOutput:onExit:); FolderWatch; DescriptorPlan;
//                ServiceNotice
//
//   Process/     children in their own group, watched on an event loop, killed as a group; this process itself
//   Watch/       a folder and all below it, by inotify
