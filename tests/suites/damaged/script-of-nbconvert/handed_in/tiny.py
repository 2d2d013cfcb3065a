#!/usr/bin/env python
# coding: utf-8

# # Tiny
# 
# Three small functions of a tensor.

# In[ ]:


import torch

values = torch.tensor([1.0, 2.0, 6.0])
with open("numbers.csv") as file:
    numbers = torch.tensor([float(line) for line in file])


# ## 1. Twice as much

# In[ ]:


def double(x):
    return 2 * x


# In[ ]:


assert double(values)[0] == 2.0, "The double of 1 is 2."


# ## 2. The mean

# In[ ]:


def mean_of(x):
    return x.mean().item()


# In[ ]:


assert mean_of(values) == 3.0, "The mean of 1, 2 and 6 is 3."


# ## 3. The mean of the doubles

# In[ ]:


def double_mean(x):
    return mean_of(double(x))


# In[ ]:


assert double_mean(values) == 6.0, "Call the functions that you wrote above."


# In[ ]:


try:
    print(f"The mean of {len(numbers)} numbers is {mean_of(numbers):g}.")
except Exception:
    print("Finish exercise 2 to see this line.")


# In[ ]:


get_ipython().run_line_magic('matplotlib', 'inline')
double_mean(values)

