/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ALGATE_BENCH_LIVE_H
#define ALGATE_BENCH_LIVE_H

void flow_remove(int ns, const char *client, const char *server, int port);
void expects_remove(int ns);

#endif
