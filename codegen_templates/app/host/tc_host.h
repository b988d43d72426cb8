/* What the host's board needs to know of the process. */
#ifndef TC_HOST_H
#define TC_HOST_H

/* Arguments of main, with which tc_board_reset starts the program again. */
void tc_host_arguments(char **argv);

#endif
