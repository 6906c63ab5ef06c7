/* @purpose@ */
#ifndef @guard@
#define @guard@

@includes@

@body@

#endif
